import { EntrainError } from "#core/errors";

/** The error that a call is refused with; fails when nothing is refused. */
export function refusal(run: () => unknown): EntrainError {
  try {
    run();
  } catch (error) {
    if (error instanceof EntrainError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The same for a promise. */
export async function rejection(promise: Promise<unknown>): Promise<EntrainError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof EntrainError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
