import { useState } from "preact/hooks";
import { colourOf, css, gradient, inkOn } from "../charts/colour.ts";
import { useWidth } from "../charts/use-width.ts";
import { quantity } from "../shell/format.ts";
import { Loading, ProblemPanel } from "../shell/parts.tsx";
import { useResource } from "../shell/use-resource.ts";
import {
  bondsOf,
  type DeviceSite,
  type ProfileDocument,
  type SiteQuantity,
  siteQuantities,
  sitesOf,
} from "./profile.ts";

/** A device: its coupling graph in the colours of its calibration, and every number behind it. */
export function DeviceView({ name }: { name: string }) {
  const {
    value: profile,
    problem,
    reload,
  } = useResource<ProfileDocument>(`v1/devices/${encodeURIComponent(name)}`);
  const [shown, setShown] = useState<SiteQuantity>("t1");
  const [chosen, setChosen] = useState<string | null>(null);
  if (problem !== null) return <ProblemPanel problem={problem} retry={reload} />;
  if (profile === null) return <Loading what="Reading the profile" />;
  const sites = sitesOf(profile);
  return (
    <>
      <p class="crumbs">
        <a href="#/devices">Devices</a> / {name}
      </p>
      <h1>{profile.title}</h1>
      <p class="soft">
        {profile.kind}
        {sites.length > 0 && `, ${sites.length} sites, ${bondsOf(profile).length} bonds`}
      </p>
      {sites.length > 0 ? (
        <>
          <fieldset class="segments">
            <legend class="unseen">Colour of the sites</legend>
            {(Object.keys(siteQuantities) as SiteQuantity[]).map((key) => (
              <label key={key}>
                <input type="radio" name="shown" checked={shown === key} onChange={() => setShown(key)} />
                {siteQuantities[key].title}
              </label>
            ))}
          </fieldset>
          <Graph profile={profile} sites={sites} shown={shown} chosen={chosen} onChoose={setChosen} />
          <SiteTable sites={sites} chosen={chosen} />
        </>
      ) : (
        <OtherFields profile={profile} />
      )}
      <Assumptions profile={profile} />
      <h2>Where the numbers come from</h2>
      <ul class="plain">
        {(profile.provenance ?? []).map(({ source, detail }) => (
          <li key={source}>
            <b>{source}</b> {detail !== undefined && <span class="soft">{detail}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Graph({
  profile,
  sites,
  shown,
  chosen,
  onChoose,
}: {
  profile: ProfileDocument;
  sites: readonly DeviceSite[];
  shown: SiteQuantity;
  chosen: string | null;
  onChoose: (id: string | null) => void;
}) {
  const [box, width] = useWidth();
  const { title, unit } = siteQuantities[shown];
  const values = sites.flatMap(({ values: { [shown]: value } }) => (value === null ? [] : [value]));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const partOf = (value: number) => (high > low ? (value - low) / (high - low) : 0.5);
  const place = placing(sites, width);
  const radius = Math.min(34, 0.34 * place.spacing);
  const byId = new Map(sites.map((site) => [site.id, site]));
  return (
    <div ref={box} class="chart graph">
      <svg
        width={width}
        height={place.height}
        viewBox={`0 0 ${width} ${place.height}`}
        role="img"
        aria-label={`Coupling graph, coloured by ${title}`}
      >
        {bondsOf(profile).map(([a, b]) => {
          const [from, to] = [byId.get(a), byId.get(b)];
          if (!from || !to) return null;
          const [x1, y1] = place.at(from);
          const [x2, y2] = place.at(to);
          const lit = chosen === a || chosen === b;
          return <line key={`${a}-${b}`} class={lit ? "bond lit" : "bond"} x1={x1} y1={y1} x2={x2} y2={y2} />;
        })}
        {sites.map((site) => {
          const [x, y] = place.at(site);
          const value = site.values[shown];
          const fill = value === null ? null : colourOf(partOf(value));
          return (
            <g
              key={site.id}
              class={chosen === site.id ? "site lit" : "site"}
              onPointerEnter={() => onChoose(site.id)}
              onPointerLeave={() => onChoose(null)}
            >
              <circle cx={x} cy={y} r={radius} style={fill === null ? {} : { fill: css(fill) }} />
              <text x={x} y={y - 1} text-anchor="middle" style={{ fill: fill === null ? "" : inkOn(fill) }}>
                {site.id}
              </text>
              {radius > 20 && value !== null && (
                <text
                  class="small"
                  x={x}
                  y={y + 12}
                  text-anchor="middle"
                  style={{ fill: fill === null ? "" : inkOn(fill) }}
                >
                  {unit === "" ? value.toPrecision(2) : quantity(value, unit, 3).replace(" ", "")}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <p class="scale">
        <span>{title}</span> {quantity(low, unit, 4)} <i style={{ background: gradient }} />{" "}
        {quantity(high, unit, 4)}
      </p>
    </div>
  );
}

/** Where sites come to lie: as on the chip, as large as fits. */
function placing(sites: readonly DeviceSite[], width: number) {
  const xs = sites.map((site) => site.position[0]);
  const ys = sites.map((site) => site.position[1]);
  const [west, east] = [Math.min(...xs), Math.max(...xs)];
  const [north, south] = [Math.max(...ys), Math.min(...ys)];
  const pad = 0.55;
  const spacing = Math.min(104, (width - 8) / (east - west + 2 * pad));
  const side = (width - (east - west) * spacing) / 2;
  return {
    spacing,
    height: Math.max(90, (north - south + 2 * pad) * spacing),
    at: ({ position: [x, y] }: DeviceSite) =>
      [side + (x - west) * spacing, (pad + north - y) * spacing] as const,
  };
}

function SiteTable({ sites, chosen }: { sites: readonly DeviceSite[]; chosen: string | null }) {
  const keys = Object.keys(siteQuantities) as SiteQuantity[];
  return (
    <div class="wide">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Site</th>
            {keys.map((key) => (
              <th key={key} scope="col" class="number">
                {siteQuantities[key].title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sites.map((site) => (
            <tr key={site.id} class={site.id === chosen ? "lit" : ""}>
              <th scope="row">{site.id}</th>
              {keys.map((key) => {
                const value = site.values[key];
                return (
                  <td key={key} class="number">
                    {value === null
                      ? "–"
                      : quantity(value, siteQuantities[key].unit, key === "frequency" ? 5 : 3)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const headFields = new Set(["schema_version", "kind", "name", "title", "provenance", "assumptions"]);

/** A profile without sites on a plane, as it is written. */
function OtherFields({ profile }: { profile: ProfileDocument }) {
  return (
    <div class="wide">
      <table>
        <tbody>
          {Object.entries(profile)
            .filter(([name]) => !headFields.has(name))
            .map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name.replaceAll("_", " ")}</th>
                <td>{valueText(value)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join("; ");
  if (value === null || typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name.replaceAll("_", " ")} ${valueText(inner)}`)
    .join(", ");
}

function Assumptions({ profile }: { profile: ProfileDocument }) {
  const entries = Object.entries(profile.assumptions ?? {});
  if (entries.length === 0) return null;
  return (
    <>
      <h2>Assumptions</h2>
      <p class="soft">What no calibration knows; plans, designs and the emulator rest on these.</p>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Value</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(([name, { value, source }]) => (
              <tr key={name}>
                <th scope="row">{name.replaceAll("_", " ")}</th>
                <td>{valueText(value)}</td>
                <td class="soft">{source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
