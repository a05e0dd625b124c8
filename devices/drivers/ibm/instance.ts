import { invalidInput } from "#core/errors";

/** Where an instance lives, from its CRN. */
export interface Instance {
  readonly crn: string;
  readonly region: string;
  /** Without a slash at the end. */
  readonly base_url: string;
  readonly iam_url: string;
}

/**
 * Region and hosts of a CRN: its sixth field names the region; us-east is the host without a prefix, any other
 * region is a prefix, and private endpoints always have one.
 *
 * @throws EntrainError `ibm.instance` when the text is not the CRN of a quantum-computing instance
 */
export function instanceOf(
  crn: string,
  options: {
    readonly private_endpoint?: boolean;
    readonly base_url?: string;
    readonly iam_url?: string;
  } = {},
): Instance {
  const fields = crn.trim().split(":");
  const region = fields[5] ?? "";
  if (fields[0] !== "crn" || fields[4] !== "quantum-computing" || !/^[a-z0-9-]+$/.test(region)) {
    throw invalidInput(
      {
        path: "instance",
        message: "this is not the CRN of an IBM Quantum instance",
        found: crn,
        expected: "crn:v1:bluemix:public:quantum-computing:REGION:a/ACCOUNT:ID::",
        hint: "Copy it from the instance's page on quantum.cloud.ibm.com.",
      },
      "ibm.instance",
    );
  }
  const inside = options.private_endpoint === true;
  const prefix = inside ? `private.${region}.` : region === "us-east" ? "" : `${region}.`;
  return {
    crn: crn.trim(),
    region,
    base_url: stripSlash(options.base_url ?? `https://${prefix}quantum.cloud.ibm.com/api/v1`),
    iam_url: stripSlash(options.iam_url ?? `https://${inside ? "private." : ""}iam.cloud.ibm.com`),
  };
}

function stripSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
