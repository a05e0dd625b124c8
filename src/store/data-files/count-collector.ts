import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { Plan } from "#ir/plan";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { positionOf, scanPoints } from "#ir/scan";

/** What a plan says about the data that belong to it. */
export type DataPlan = Pick<Plan, "measurement" | "axes" | "analysis">;

/** Names a place in the data, for an error; called only when there is one. */
export type Place = (shot?: number, site?: string) => string;

/**
 * Counts outcomes while data stream past, in the memory of the counts alone. A cell is a point of the scan and a
 * setting: position of the point × settings + setting.
 */
export class CountCollector {
  readonly sites: readonly string[];
  readonly cells: number;
  /** Outcomes of one site: levels, or the two values of a bit. */
  readonly base: number;
  readonly #plan: DataPlan;
  readonly #groups: readonly (readonly number[])[];
  /** Where the outcomes of each group begin. */
  readonly #starts: readonly number[];
  readonly #counts: Float64Array[];
  /** Shots of each cell that were counted with all sites, and for each site apart. */
  readonly #shots: Float64Array[];

  constructor(plan: DataPlan) {
    this.#plan = plan;
    this.sites = plan.measurement.sites.map(({ id }) => id);
    this.base = plan.measurement.sites[0]!.assignment.length;
    this.#groups = plan.analysis.groups.map((group) => group.map((id) => this.sites.indexOf(id)));
    let size = 0;
    this.#starts = this.#groups.map((group) => {
      const start = size;
      size += this.base ** group.length;
      return start;
    });
    this.cells = scanPoints(plan.axes).length * plan.measurement.settings.length;
    this.#counts = Array.from({ length: this.cells }, () => new Float64Array(size));
    this.#shots = Array.from({ length: this.cells }, () => new Float64Array(this.sites.length));
  }

  /** @throws EntrainError when the point or the setting is not one of the plan */
  cellOf(point: Readonly<Record<string, number>>): number {
    const position = positionOf(this.#plan.axes, point);
    const { setting } = point;
    const settings = this.#plan.measurement.settings.length;
    if (position < 0 || setting === undefined || setting >= settings) {
      throw new EntrainError("records.mismatch", {
        path: "point",
        message: "the record does not belong to this plan",
        found: point,
        expected: this.#plan.axes.map(({ name, values }) => `${name} below ${values.length}`).join(", "),
      });
    }
    return position * settings + setting;
  }

  /** `exchange=3,setting=1`: a cell in the words of a record. */
  describe(cell: number): string {
    const settings = this.#plan.measurement.settings.length;
    const point = scanPoints(this.#plan.axes)[Math.floor(cell / settings)]!;
    const place = this.#plan.axes.map(({ name }) => `${name}=${point[name]}`);
    return [...place, `setting=${cell % settings}`].join(",");
  }

  /**
   * Shots of one cell.
   *
   * @param data - shots × columns levels, shot by shot
   * @param columns - column of each of the plan's sites
   * @param width - columns in `data`
   * @throws EntrainError `data.level` naming shot and site
   */
  addShots(
    cell: number,
    data: ArrayLike<number>,
    columns: readonly number[],
    width: number,
    place: Place,
  ): void {
    const counts = this.#counts[cell]!;
    const { base } = this;
    for (let offset = 0; offset < data.length; offset += width) {
      for (let g = 0; g < this.#groups.length; g++) {
        const group = this.#groups[g]!;
        let outcome = 0;
        for (let m = 0; m < group.length; m++) {
          const site = group[m]!;
          const level = data[offset + columns[site]!]!;
          // Also true of NaN.
          if (!(level >= 0 && level < base && level % 1 === 0)) {
            throw this.#badLevel(place(offset / width, this.sites[site]), level);
          }
          outcome = outcome * base + level;
        }
        counts[this.#starts[g]! + outcome]!++;
      }
    }
    this.#addShots(cell, data.length / width);
  }

  /**
   * The same outcome of all sites, seen `count` times.
   *
   * @param outcome - level of each of the plan's sites
   */
  addOutcome(cell: number, outcome: readonly number[], count: number, place: Place): void {
    checkCount(count, place);
    const counts = this.#counts[cell]!;
    this.#groups.forEach((group, g) => {
      let index = 0;
      for (const site of group) {
        const level = outcome[site]!;
        if (!this.#isLevel(level)) throw this.#badLevel(place(undefined, this.sites[site]), level);
        index = index * this.base + level;
      }
      counts[this.#starts[g]! + index]! += count;
    });
    this.#addShots(cell, count);
  }

  /**
   * A level of one site, seen `count` times; whether other sites were seen with it is not known.
   *
   * @throws EntrainError `data.uncorrelated` where the plan compares joint outcomes
   */
  addSiteCount(cell: number, site: number, level: number, count: number, place: Place): void {
    checkCount(count, place);
    const g = this.#groups.findIndex((group) => group.includes(site));
    if (g < 0 || this.#groups[g]!.length > 1) {
      throw new EntrainError("data.uncorrelated", {
        path: place(undefined, this.sites[site]),
        message:
          "the prediction knows joint outcomes of all sites, and counts of single sites cannot show them",
        found: "counts by site",
        expected: `levels shot by shot, or counts of joint outcomes of ${(this.#plan.analysis.groups[g] ?? this.sites).join(", ")}`,
      });
    }
    if (!this.#isLevel(level)) throw this.#badLevel(place(undefined, this.sites[site]), level);
    this.#counts[cell]![this.#starts[g]! + level]! += count;
    this.#shots[cell]![site]! += count;
  }

  addRecord(record: MeasurementRecord, path: string): void {
    const cell = this.cellOf(record.point);
    const columns = this.sites.map((id) => record.sites.indexOf(id));
    const data = levelsOf(record);
    if (columns.includes(-1) || record.sites.length !== this.sites.length) {
      throw new EntrainError("records.mismatch", {
        path: `${path}.sites`,
        message: "the record does not belong to this plan",
        found: record.sites,
        expected: this.sites.join(", "),
      });
    }
    if (data.length !== record.shots * record.sites.length) {
      throw new EntrainError("records.mismatch", {
        path: `${path}.levels`,
        message: "the record holds another number of levels than its shots and sites say",
        found: data.length,
        expected: String(record.shots * record.sites.length),
      });
    }
    this.addShots(
      cell,
      data,
      columns,
      record.sites.length,
      (shot, site) => `${path}[shot=${shot},site=${site}]`,
    );
  }

  #isLevel(level: number): boolean {
    return Number.isInteger(level) && level >= 0 && level < this.base;
  }

  #badLevel(path: string, level: number): EntrainError {
    return new EntrainError("data.level", {
      path,
      message: "not a level",
      found: Number.isFinite(level) ? level : String(level),
      expected: Array.from({ length: this.base }, (_, k) => k).join(", "),
    });
  }

  #addShots(cell: number, count: number): void {
    const shots = this.#shots[cell]!;
    for (let s = 0; s < shots.length; s++) shots[s]! += count;
  }

  /**
   * The counts of all cells.
   *
   * @param stated - shots of every cell as the data's own head states them
   * @throws EntrainError `data.incomplete` when a cell has no data, `data.shots` when cells differ in shots
   */
  finish(path: string, stated?: number): CountTable {
    const empty = this.#shots.flatMap((row, cell) =>
      Array.from(row).flatMap((shots, s) => (shots === 0 ? [{ cell, s }] : [])),
    );
    if (empty.length > 0) {
      const { cell, s } = empty[0]!;
      throw new EntrainError("data.incomplete", {
        path: `${path}[${this.describe(cell)},site=${this.sites[s]}]`,
        message: "there are no data for this point and setting",
        found: `${empty.length} of ${this.cells * this.sites.length} missing`,
        expected: `${this.cells} points and settings, ${this.sites.length} sites`,
      });
    }
    const shots = stated ?? this.#shots[0]![0]!;
    for (const [cell, row] of this.#shots.entries()) {
      const s = row.findIndex((count) => count !== shots);
      if (s < 0) continue;
      throw new EntrainError("data.shots", {
        path: `${path}[${this.describe(cell)},site=${this.sites[s]}]`,
        message:
          stated === undefined
            ? "every point and setting must have as many shots as the first"
            : "the counts do not add up to the number of shots",
        found: row[s],
        expected: String(shots),
        ...(stated === undefined ? { hint: "Cut longer ones to the shortest." } : {}),
      });
    }
    const settings = this.#plan.measurement.settings.length;
    return {
      shots,
      counts: Array.from({ length: this.cells / settings }, (_, k) =>
        Array.from({ length: settings }, (__, s) =>
          this.#groups.map((group, g) => {
            const start = this.#starts[g]!;
            return [...this.#counts[k * settings + s]!.subarray(start, start + this.base ** group.length)];
          }),
        ),
      ),
    };
  }
}

function checkCount(count: number, place: Place): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new EntrainError("data.count", {
    path: place(),
    message: "not a count",
    found: Number.isFinite(count) ? count : String(count),
    expected: "a whole number from 0 on",
  });
}
