import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { atomicMass_kg, electronMass_u, lightSpeed_m_per_s } from "./constants.ts";

/** How a sideband of a species is driven. */
export interface SidebandLine {
  readonly id: string;
  /** A narrow line driven by one beam, or two beams through a far-detuned level. */
  readonly kind: "quadrupole" | "raman";
  readonly wavelength_m: number;
  readonly source: string;
}

/** A strong line: repump, scattered photon, lattice. */
export interface DipoleLine {
  readonly wavelength_m: number;
  readonly source: string;
}

export interface Species {
  readonly id: string;
  readonly element: string;
  /** Mass of the neutral atom, u. */
  readonly atomic_mass_u: number;
  readonly mass_source: string;
  /** The lines that can drive sidebands, the usual one first. */
  readonly lines: readonly [SidebandLine, ...SidebandLine[]];
  /** The photon scattered when the excited internal state is pumped back. */
  readonly scattered: DipoleLine;
  /** The line that empties the excited state; absent where Raman beams drive between ground states. */
  readonly repump: DipoleLine | null;
}

const ame = "AME2020, Wang et al., Chinese Phys. C 45, 030003 (2021)";
const asd = "NIST Atomic Spectra Database, vacuum wavelength";
const fromFrequency = (frequency_hz: number) => lightSpeed_m_per_s / frequency_hz;

/**
 * The ions in use. Wavelengths are in vacuum, to the digits that a recoil needs; narrow lines follow from their
 * measured frequencies.
 */
export const speciesTable: readonly Species[] = [
  {
    id: "9Be+",
    element: "Be",
    atomic_mass_u: 9.012183062,
    mass_source: ame,
    lines: [{ id: "raman-313", kind: "raman", wavelength_m: 313.133e-9, source: `S1/2–P3/2, ${asd}` }],
    scattered: { wavelength_m: 313.133e-9, source: `S1/2–P3/2, ${asd}` },
    repump: null,
  },
  {
    id: "25Mg+",
    element: "Mg",
    atomic_mass_u: 24.985836966,
    mass_source: ame,
    lines: [{ id: "raman-280", kind: "raman", wavelength_m: 279.635e-9, source: `S1/2–P3/2, ${asd}` }],
    scattered: { wavelength_m: 279.635e-9, source: `S1/2–P3/2, ${asd}` },
    repump: null,
  },
  {
    id: "40Ca+",
    element: "Ca",
    atomic_mass_u: 39.96259085,
    mass_source: ame,
    lines: [
      {
        id: "quadrupole-729",
        kind: "quadrupole",
        wavelength_m: fromFrequency(411042129776400),
        source: "S1/2–D5/2, recommended frequency of the CIPM list of standard frequencies",
      },
    ],
    scattered: {
      wavelength_m: fromFrequency(761905012.7e6),
      source: "S1/2–P3/2, Wolf et al., arXiv:0812.4212",
    },
    repump: { wavelength_m: 854.444e-9, source: `D5/2–P3/2, ${asd}` },
  },
  {
    id: "88Sr+",
    element: "Sr",
    atomic_mass_u: 87.905612253,
    mass_source: ame,
    lines: [
      {
        id: "quadrupole-674",
        kind: "quadrupole",
        wavelength_m: fromFrequency(444779044095486),
        source: "S1/2–D5/2, recommended frequency of the CIPM list of standard frequencies",
      },
    ],
    scattered: { wavelength_m: 407.886e-9, source: `S1/2–P3/2, ${asd}` },
    repump: { wavelength_m: 1033.01e-9, source: `D5/2–P3/2, ${asd}` },
  },
  {
    id: "138Ba+",
    element: "Ba",
    atomic_mass_u: 137.905247059,
    mass_source: ame,
    lines: [
      {
        id: "quadrupole-1762",
        kind: "quadrupole",
        wavelength_m: fromFrequency(170126432449333),
        source: "S1/2–D5/2, Arnold et al., Phys. Rev. A 101, 062515 (2020)",
      },
    ],
    scattered: { wavelength_m: 455.531e-9, source: `S1/2–P3/2, ${asd}` },
    repump: { wavelength_m: 614.341e-9, source: `D5/2–P3/2, ${asd}` },
  },
  {
    id: "171Yb+",
    element: "Yb",
    atomic_mass_u: 170.936331515,
    mass_source: ame,
    lines: [
      { id: "raman-355", kind: "raman", wavelength_m: 354.7e-9, source: "third harmonic of Nd:YAG lasers" },
      {
        id: "quadrupole-435",
        kind: "quadrupole",
        wavelength_m: fromFrequency(688358979309308),
        source: "S1/2–D3/2, recommended frequency of the CIPM list of standard frequencies",
      },
    ],
    scattered: { wavelength_m: 369.525e-9, source: `S1/2–P1/2, ${asd}` },
    repump: { wavelength_m: 935.188e-9, source: `D3/2–3[3/2]1/2, ${asd}` },
  },
];

/** @throws EntrainError `ion.unknown_species` with the list */
export function findSpecies(id: string): Species {
  const species = speciesTable.find((candidate) => candidate.id === id);
  if (species) return species;
  throw new EntrainError("ion.unknown_species", {
    path: "ions.species",
    message: `there is no species "${id}"`,
    found: id,
    expected: `one of ${speciesTable.map((s) => s.id).join(", ")}`,
  });
}

/**
 * A sideband line by its id; the usual one when none is named.
 *
 * @throws EntrainError `ion.unknown_line` with the list
 */
export function findLine(species: Species, id?: string): SidebandLine {
  const line = id === undefined ? species.lines[0] : species.lines.find((candidate) => candidate.id === id);
  if (line) return line;
  throw new EntrainError("ion.unknown_line", {
    path: "beams.line",
    message: `${species.id} has no sideband line "${id}"`,
    found: id,
    expected: `one of ${species.lines.map((l) => l.id).join(", ")}`,
  });
}

/** Mass of the singly charged ion, kg. The binding of the lost electron (1e-8 u) is left out. */
export function ionMass(species: Species): number {
  return (species.atomic_mass_u - electronMass_u) * atomicMass_kg;
}

/** 2π/λ, rad/m. */
export function waveNumber(wavelength_m: number): number {
  return fullTurn / wavelength_m;
}

/**
 * Wave number that a sideband drive gives to the motion along the difference of its beams: 2π/λ for one beam,
 * 2 sin(angle/2)·2π/λ for two Raman beams.
 *
 * @param raman_angle_rad - between the two beams; 90° gives √2·2π/λ
 */
export function driveWaveNumber(line: SidebandLine, raman_angle_rad: number): number {
  const k = waveNumber(line.wavelength_m);
  return line.kind === "raman" ? 2 * Math.sin(raman_angle_rad / 2) * k : k;
}
