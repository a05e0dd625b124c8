/**
 * One question at a time, always the latest: what was asked in between is dropped, so that a knob that is dragged gets
 * answers at the pace of the server and never falls behind.
 */
export function createLatest<Q, A>(
  ask: (question: Q) => Promise<A>,
  onAnswer: (answer: A, question: Q) => void,
  onError: (error: unknown) => void,
): (question: Q) => void {
  let busy = false;
  let next: { readonly question: Q } | null = null;
  const work = async () => {
    busy = true;
    while (next !== null) {
      const { question }: { readonly question: Q } = next;
      next = null;
      try {
        onAnswer(await ask(question), question);
      } catch (error) {
        onError(error);
      }
    }
    busy = false;
  };
  return (question) => {
    next = { question };
    if (!busy) void work();
  };
}
