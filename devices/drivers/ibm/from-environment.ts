import { createAxiosTransport } from "../../transports/http/axios-transport.ts";
import { IbmClient } from "./client.ts";
import { findCredentials } from "./credentials.ts";
import { instanceOf } from "./instance.ts";
import { defaultPatience, type Patience } from "./patience.ts";

/**
 * A client for the instance that environment, credentials file or keychain name. `ENTRAIN_IBM_URL` stands in for the
 * service's own address, e.g. that of a fake one.
 *
 * @throws EntrainError `ibm.credentials_missing`, `ibm.credentials_exposed`, `ibm.instance`
 */
export function clientFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): IbmClient {
  const credentials = findCredentials({ environment });
  const base_url = environment.ENTRAIN_IBM_URL?.trim();
  const instance = instanceOf(credentials.crn, {
    ...(base_url ? { base_url } : {}),
    ...(credentials.iam_url === undefined ? {} : { iam_url: credentials.iam_url }),
  });
  return new IbmClient({ transport: createAxiosTransport(), instance, credentials });
}

/** How long to wait for what; `ENTRAIN_IBM_HASTE` shortens everything by that factor, to try things on a fake service. */
export function patienceFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Patience {
  const haste = Math.max(1, Number(environment.ENTRAIN_IBM_HASTE ?? 1) || 1);
  const { empty_tries, ...waits } = defaultPatience;
  const shorter = Object.fromEntries(Object.entries(waits).map(([name, ms]) => [name, ms / haste]));
  return { ...(shorter as Omit<Patience, "empty_tries">), empty_tries };
}
