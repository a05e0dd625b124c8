import { couplingEntries, createCoupling, type Modulation } from "#model/network";

/** Swings of one frequency and phase, put together: they cost as one. */
export function mergedModulations(modulations: readonly Modulation[]): Modulation[] {
  const alike = new Map<string, Modulation[]>();
  for (const modulation of modulations) {
    const key = `${modulation.rate} ${modulation.phase}`;
    alike.set(key, [...(alike.get(key) ?? []), modulation]);
  }
  return [...alike.values()].map((group) => ({
    ...group[0]!,
    coupling: createCoupling(
      group[0]!.coupling.size,
      group.flatMap(({ coupling }) => couplingEntries(coupling)),
    ),
  }));
}
