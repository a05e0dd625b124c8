import type { Dataset, File, GuessableDataTypes } from "h5wasm/node";
import { EntrainError } from "#core/errors";

type Parent = Pick<File, "create_dataset">;

/** HDF5 ends a text at its first NUL. */
export function text(value: string): string {
  if (!value.includes("\0")) return value;
  throw new EntrainError("data.unwritable", {
    path: "",
    message: "HDF5 cannot hold a text with a NUL in it",
    found: JSON.stringify(value.slice(0, 60)),
    expected: "text without NUL",
  });
}

/** Writes attributes, leaving out what is undefined. */
export function attributes(
  object: Pick<File, "create_attribute">,
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const data: GuessableDataTypes =
      typeof value === "string" ? text(value) : typeof value === "number" ? value : value.map(text);
    object.create_attribute(name, data);
  }
}

/** A dataset that is the coordinate of the dimension of its name. */
export function scale(
  parent: Parent,
  name: string,
  data: GuessableDataTypes,
  described: Readonly<Record<string, string | readonly string[] | undefined>>,
): Dataset {
  const dataset = parent.create_dataset({ name, data });
  dataset.make_scale(name);
  attributes(dataset, described);
  return dataset;
}

/** Attaches the scales of the dimensions, each named by its path. */
export function attach(dataset: Dataset, scales: readonly string[]): void {
  scales.forEach((path, k) => {
    dataset.attach_scale(k, path);
  });
}
