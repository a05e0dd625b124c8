import { type AffineMap, bareGenerator, coordinateCount, driveGenerators } from "#model/generator";
import { type Channels, type Ladder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";

/** What can differ from point to point in one group, in the order of a parameter vector. */
export const siteParameters = [
  "gain",
  "loss",
  "asymmetry",
  "detuning",
  "relaxation10",
  "relaxation21",
  "heating01",
  "heating12",
  "dephasing",
] as const;

/** A few groups, all coupled to all: sites and the Hermitian M × M matrix J with its self-fields. */
export interface GroupModel {
  readonly sites: readonly Oscillator[];
  readonly couplingRe: ArrayLike<number>;
  readonly couplingIm: ArrayLike<number>;
}

/**
 * Mean-field equations of M groups that are quick to set to another point of a map: the generator is linear in
 * the parameters and its parts are worked out from the operators once.
 */
export interface GroupSystem {
  readonly groups: number;
  readonly ladders: readonly Ladder[];
  /** M·8. */
  readonly size: number;
  /** Takes over rates, energies and couplings; the ladders are those it was made with. */
  set(model: GroupModel): void;
  rightHandSide(x: Float64Array, dx: Float64Array): void;
  /** Df, row-major. */
  jacobian(x: Float64Array, out: Float64Array): void;
  /** ⟨A†⟩ of group `g` as [re, im]. */
  amplitude(x: ArrayLike<number>, g: number): readonly [number, number];
  /** Coordinates of the uncoupled steady state. */
  restState(out: Float64Array): void;
}

/** Entries of an affine map that are not zero. */
interface SparseMap {
  readonly constantAt: readonly number[];
  readonly constant: readonly number[];
  readonly row: readonly number[];
  readonly column: readonly number[];
  readonly value: readonly number[];
}

function sparse({ constant, linear }: AffineMap): SparseMap {
  const constantAt = [...constant.keys()].filter((i) => constant[i] !== 0);
  const places = [...linear.keys()].filter((k) => linear[k] !== 0);
  return {
    constantAt,
    constant: constantAt.map((i) => constant[i]!),
    row: places.map((k) => Math.floor(k / coordinateCount)),
    column: places.map((k) => k % coordinateCount),
    value: places.map((k) => linear[k]!),
  };
}

const idle: Oscillator = {
  gain: 0,
  loss: 0,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

/** Generator of one parameter alone at the value one. */
function unitGenerator(name: (typeof siteParameters)[number]): SparseMap {
  const channel = name in noChannels;
  const site = channel ? { ...idle, channels: { ...noChannels, [name]: 1 } } : { ...idle, [name]: 1 };
  return sparse(bareGenerator(site));
}

const units = siteParameters.map(unitGenerator);
const block = coordinateCount * coordinateCount;

/** What the four parts of the drive do, entry by entry: drive `which` times `value`. */
const driven = (() => {
  const drives = driveGenerators().map(sparse);
  const entries = drives.flatMap(({ row, column, value }, which) =>
    value.map((v, e) => ({ which, row: row[e]!, column: column[e]!, value: v })),
  );
  const constants = drives.flatMap(({ constantAt, constant }, which) =>
    constant.map((v, e) => ({ which, row: constantAt[e]!, value: v })),
  );
  return {
    which: Int32Array.from(entries, (entry) => entry.which),
    row: Int32Array.from(entries, (entry) => entry.row),
    column: Int32Array.from(entries, (entry) => entry.column),
    value: Float64Array.from(entries, (entry) => entry.value),
    constantWhich: Int32Array.from(constants, (entry) => entry.which),
    constantRow: Int32Array.from(constants, (entry) => entry.row),
    constant: Float64Array.from(constants, (entry) => entry.value),
  };
})();

const channelNames = new Set<string>(Object.keys(noChannels));

/** Value of a parameter of a site. */
export function parameterOf(site: Oscillator, name: (typeof siteParameters)[number]): number {
  return channelNames.has(name)
    ? site.channels[name as keyof Channels]
    : (site[name as "gain" | "loss" | "asymmetry" | "detuning"] as number);
}

/** @source Eq. (2) of Nadolny & Bruder by way of the operators in `#model/generator` */
export function createGroupSystem(ladders: readonly Ladder[]): GroupSystem {
  const groups = ladders.length;
  const size = groups * coordinateCount;
  const constant = new Float64Array(size);
  const linear = new Float64Array(groups * block);
  const couplingRe = new Float64Array(groups * groups);
  const couplingIm = new Float64Array(groups * groups);
  const rest = new Float64Array(size);
  const amplitudes = new Float64Array(2 * groups);
  const drive = new Float64Array(4);
  const matrix = new Float64Array(block);
  const moved = new Float64Array(4 * coordinateCount);

  const readAmplitudes = (x: ArrayLike<number>) => {
    for (let g = 0; g < groups; g++) {
      const o = g * coordinateCount;
      const [a1, a2] = ladders[g]!;
      amplitudes[2 * g] = a1 * x[o + 2]! + a2 * x[o + 4]!;
      amplitudes[2 * g + 1] = a1 * x[o + 3]! + a2 * x[o + 5]!;
    }
  };
  /** (Re F₀₁, Im F₀₁, Re F₁₂, Im F₁₂) of group g, from F = Σ J ⟨A⟩. */
  const readDrive = (g: number) => {
    let re = 0;
    let im = 0;
    for (let j = 0; j < groups; j++) {
      const jr = couplingRe[g * groups + j]!;
      const ji = couplingIm[g * groups + j]!;
      re += jr * amplitudes[2 * j]! + ji * amplitudes[2 * j + 1]!;
      im += ji * amplitudes[2 * j]! - jr * amplitudes[2 * j + 1]!;
    }
    const [a1, a2] = ladders[g]!;
    drive[0] = a1 * re;
    drive[1] = a1 * im;
    drive[2] = a2 * re;
    drive[3] = a2 * im;
  };
  /** linear part of group g in its present drive */
  const drivenMatrix = (g: number) => {
    matrix.set(linear.subarray(g * block, (g + 1) * block));
    const { which, row, column, value } = driven;
    for (let e = 0; e < value.length; e++) {
      matrix[row[e]! * coordinateCount + column[e]!]! += drive[which[e]!]! * value[e]!;
    }
  };

  return {
    groups,
    ladders,
    size,
    set(model) {
      constant.fill(0);
      linear.fill(0);
      couplingRe.set(model.couplingRe);
      couplingIm.set(model.couplingIm);
      model.sites.forEach((site, g) => {
        siteParameters.forEach((name, p) => {
          const rate = parameterOf(site, name);
          if (rate === 0) return;
          const unit = units[p]!;
          for (let e = 0; e < unit.constant.length; e++) {
            constant[g * coordinateCount + unit.constantAt[e]!]! += rate * unit.constant[e]!;
          }
          for (let e = 0; e < unit.value.length; e++) {
            linear[g * block + unit.row[e]! * coordinateCount + unit.column[e]!]! += rate * unit.value[e]!;
          }
        });
      });
      writeRest(model.sites, rest);
    },
    rightHandSide(x, dx) {
      readAmplitudes(x);
      for (let g = 0; g < groups; g++) {
        readDrive(g);
        drivenMatrix(g);
        const o = g * coordinateCount;
        for (let i = 0; i < coordinateCount; i++) {
          let sum = constant[o + i]!;
          for (let j = 0; j < coordinateCount; j++) sum += matrix[i * coordinateCount + j]! * x[o + j]!;
          dx[o + i] = sum;
        }
        const { constantWhich, constantRow, constant: values } = driven;
        for (let e = 0; e < values.length; e++) {
          dx[o + constantRow[e]!]! += drive[constantWhich[e]!]! * values[e]!;
        }
      }
    },
    jacobian(x, out) {
      out.fill(0);
      readAmplitudes(x);
      for (let g = 0; g < groups; g++) {
        readDrive(g);
        drivenMatrix(g);
        const o = g * coordinateCount;
        for (let i = 0; i < coordinateCount; i++) {
          for (let j = 0; j < coordinateCount; j++) {
            out[(o + i) * size + o + j] = matrix[i * coordinateCount + j]!;
          }
        }
        // What each of the four drives does to this group's state.
        moved.fill(0);
        const { which, row, column, value, constantWhich, constantRow, constant: values } = driven;
        for (let e = 0; e < value.length; e++) {
          moved[which[e]! * coordinateCount + row[e]!]! += value[e]! * x[o + column[e]!]!;
        }
        for (let e = 0; e < values.length; e++) {
          moved[constantWhich[e]! * coordinateCount + constantRow[e]!]! += values[e]!;
        }
        const [a1, a2] = ladders[g]!;
        for (let j = 0; j < groups; j++) {
          const jr = couplingRe[g * groups + j]!;
          const ji = couplingIm[g * groups + j]!;
          if (jr === 0 && ji === 0) continue;
          const [b1, b2] = ladders[j]!;
          const column = j * coordinateCount;
          for (let i = 0; i < coordinateCount; i++) {
            // ∂F/∂Re⟨A†⟩ = J, ∂F/∂Im⟨A†⟩ = −iJ
            const re = a1 * moved[i]! + a2 * moved[2 * coordinateCount + i]!;
            const im = a1 * moved[coordinateCount + i]! + a2 * moved[3 * coordinateCount + i]!;
            const byRe = jr * re + ji * im;
            const byIm = ji * re - jr * im;
            const place = (o + i) * size + column;
            out[place + 2]! += b1 * byRe;
            out[place + 3]! += b1 * byIm;
            out[place + 4]! += b2 * byRe;
            out[place + 5]! += b2 * byIm;
          }
        }
      }
    },
    amplitude(x, g) {
      const [a1, a2] = ladders[g]!;
      const o = g * coordinateCount;
      return [a1 * x[o + 2]! + a2 * x[o + 4]!, a1 * x[o + 3]! + a2 * x[o + 5]!];
    },
    restState: (out) => out.set(rest),
  };
}

function writeRest(sites: readonly Oscillator[], rest: Float64Array): void {
  rest.fill(0);
  sites.forEach((site, g) => {
    const { relaxation10, relaxation21, heating01, heating12 } = site.channels;
    const below = relaxation10 / (site.gain + heating01);
    const above = heating12 / (site.loss + relaxation21);
    const middle = 1 / (1 + below + above);
    rest[g * coordinateCount] = below * middle;
    rest[g * coordinateCount + 1] = above * middle;
  });
}
