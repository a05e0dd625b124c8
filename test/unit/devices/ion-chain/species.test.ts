import { expect, test } from "vitest";
import { lambDicke, zeroPointLength } from "#devices/ion-chain/motion/oscillator";
import { driveWaveNumber, findLine, findSpecies, ionMass, speciesTable } from "#devices/ion-chain/species";
import { refusal } from "../../../support/refusal.ts";

const nm = 1e-9;
const MHz = 1e6;

/** Zero-point lengths at 1 MHz, nm: hardware notes on trapped ions, A.1. */
test.each([
  ["9Be+", 23.7],
  ["25Mg+", 14.2],
  ["40Ca+", 11.25],
  ["88Sr+", 7.58],
  ["138Ba+", 6.05],
  ["171Yb+", 5.44],
])("zero-point length of %s at 1 MHz", (id, expected) => {
  const x0 = zeroPointLength(ionMass(findSpecies(id)), MHz) / nm;
  expect(Math.abs(x0 / expected - 1)).toBeLessThan(0.004);
});

/** Lamb–Dicke parameters at 1, 2, 4 MHz: hardware notes on trapped ions, A.1. */
test.each([
  ["40Ca+", "quadrupole-729", [0.097, 0.069, 0.049]],
  ["88Sr+", "quadrupole-674", [0.071, 0.05, 0.035]],
  ["138Ba+", "quadrupole-1762", [0.022, 0.015, 0.011]],
  ["171Yb+", "raman-355", [0.136, 0.096, 0.068]],
  ["171Yb+", "quadrupole-435", [0.078, 0.055, 0.039]],
  ["9Be+", "raman-313", [0.67, 0.48, 0.34]],
])("Lamb–Dicke parameters of %s on %s", (id, line, expected) => {
  const species = findSpecies(id);
  const k = driveWaveNumber(findLine(species, line), Math.PI / 2);
  [1, 2, 4].forEach((frequency, i) => {
    const eta = lambDicke(k, zeroPointLength(ionMass(species), frequency * MHz));
    // Half a unit of the last digit given, and a little.
    const unit = expected[i]! > 0.2 ? 0.01 : 0.001;
    expect(Math.abs(eta - expected[i]!)).toBeLessThan(0.6 * unit);
  });
});

test("a beam across the motion does not kick it", () => {
  expect(lambDicke(1e7, 1e-8, Math.PI / 2)).toBeLessThan(1e-15);
  expect(lambDicke(1e7, 1e-8, Math.PI / 3)).toBeCloseTo(0.05, 12);
  expect(lambDicke(1e7, 1e-8, 0, -0.5)).toBeCloseTo(0.05, 12);
});

test("every mass and every line names its source, ions weigh an electron less than atoms", () => {
  for (const species of speciesTable) {
    expect(species.mass_source).toContain("AME2020");
    for (const line of [...species.lines, species.scattered]) expect(line.source).not.toBe("");
    expect(species.id).toBe(`${Math.round(species.atomic_mass_u)}${species.element}+`);
    // m_e/u = 1/1822.888 (CODATA)
    const missing = species.atomic_mass_u - ionMass(species) / 1.6605390666e-27;
    expect(missing * 1822.888486).toBeCloseTo(1, 5);
  }
});

test("narrow lines lie where laboratories know them", () => {
  const wavelength = (id: string, line: string) => findLine(findSpecies(id), line).wavelength_m / nm;
  // 729.147 nm in air, n = 1.000275
  expect(wavelength("40Ca+", "quadrupole-729")).toBeCloseTo(729.147 * 1.000275, 2);
  expect(wavelength("88Sr+", "quadrupole-674")).toBeCloseTo(674.026, 2);
  expect(wavelength("138Ba+", "quadrupole-1762")).toBeCloseTo(1762.17, 2);
  expect(wavelength("171Yb+", "quadrupole-435")).toBeCloseTo(435.518, 2);
  // 393.366 nm in air
  expect(findSpecies("40Ca+").scattered.wavelength_m / nm).toBeCloseTo(393.366 * 1.000283, 2);
});

test("unknown names are refused with the list", () => {
  expect(refusal(() => findSpecies("40Ca")).problems[0]!.expected).toContain("40Ca+");
  expect(refusal(() => findLine(findSpecies("40Ca+"), "raman-355")).code).toBe("ion.unknown_line");
});
