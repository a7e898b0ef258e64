import { isIP } from "node:net";
import { type DeliverySettings, SettingsError } from "@relink/service";
import { hostOf } from "./guard/check-target-url.ts";
import { createTargetPolicy, type TargetPolicy, TargetPolicyError } from "./guard/target-policy.ts";

/**
 * The policy that an app's settings ask for.
 *
 * @param app - as for `readSettings`.
 * @throws SettingsError if a target that is allowed is neither a network, nor an address, nor a host name.
 */
export function readTargetPolicy(app: string, settings: DeliverySettings): TargetPolicy {
  const { LINK_PUBLIC_URL, API_PUBLIC_URL, PLAID_WEBHOOK_URL } = settings;
  const ownUrls = [LINK_PUBLIC_URL, API_PUBLIC_URL, PLAID_WEBHOOK_URL].filter((url) => url !== undefined);
  try {
    return createTargetPolicy({
      allowed: settings.DELIVERY_ALLOWED_TARGETS,
      extraPorts: settings.DELIVERY_ALLOWED_PORTS,
      allowLocal: settings.DELIVERY_ALLOW_LOOPBACK,
      allowHttp: settings.DELIVERY_ALLOW_HTTP,
      ownHosts: ownUrls.map((url) => hostOf(new URL(url))).filter((host) => isIP(host) === 0),
    });
  } catch (error) {
    if (!(error instanceof TargetPolicyError)) throw error;
    throw new SettingsError(app, [`DELIVERY_ALLOWED_TARGETS: ${error.message}`]);
  }
}
