import { Counter, type Registry } from "@relink/service";

/** The figures of messages to teams. None names a channel. */
export function createNotificationMetrics(registry: Registry) {
  return {
    messages: new Counter<"channel" | "outcome">({
      name: "relink_team_messages_total",
      help: "Messages to teams by channel (slack, email) and outcome (sent, retry, failed, disabled, unknown, lost)",
      labelNames: ["channel", "outcome"],
      registers: [registry],
    }),
  };
}

export type NotificationMetrics = ReturnType<typeof createNotificationMetrics>;
