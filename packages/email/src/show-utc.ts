const MOMENT = new Intl.DateTimeFormat("en-US", {
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
  timeZoneName: "short",
});

/** A moment as mails to teams say it, whose readers are nobody knows where. */
export function showUtc(at: Date): string {
  return MOMENT.format(at);
}
