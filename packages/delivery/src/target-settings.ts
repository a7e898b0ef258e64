import { isIP } from "node:net";
import { type DeliverySettings, SettingsError } from "@relink/service";
import { hostOf } from "./guard/check-target-url.ts";
import { createTargetPolicy, type TargetPolicy, TargetPolicyError } from "./guard/target-policy.ts";

/**
 * The policy that an app's settings ask for.
 *
 * @param app - as for `readSettings`.
 * @param ownUrls - of the installation itself, which nobody may subscribe.
 * @throws SettingsError if a target that is allowed is neither a network, nor an address, nor a host name.
 */
export function readTargetPolicy(app: string, settings: DeliverySettings, ownUrls: readonly string[]): TargetPolicy {
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
