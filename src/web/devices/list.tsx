import { Loading, ProblemPanel } from "../shell/parts.tsx";
import { useResource } from "../shell/use-resource.ts";

interface Device {
  readonly name: string;
  readonly title: string;
  readonly platform?: string;
}

interface Protocol {
  readonly kind: string;
  readonly title: string;
}

export function DeviceList() {
  const devices = useResource<readonly Device[]>("v1/devices");
  const protocols = useResource<readonly Protocol[]>("v1/protocols");
  const problem = devices.problem ?? protocols.problem;
  return (
    <>
      <h1>Devices and protocols</h1>
      {problem !== null && <ProblemPanel problem={problem} retry={devices.reload} />}
      {devices.value === null && problem === null && <Loading what="Reading the profiles" />}
      <ul class="cards">
        {(devices.value ?? []).map(({ name, title, platform }) => (
          <li key={name}>
            <a href={`#/devices/${name}`}>{name}</a>
            <p>{title}</p>
            {platform !== undefined && <p class="soft small">{platform}</p>}
          </li>
        ))}
      </ul>
      <h2>Protocols</h2>
      <p class="soft">
        What can be asked of a device. <code>entrain protocols KIND</code> shows the parameters of one.
      </p>
      <ul class="cards">
        {(protocols.value ?? []).map(({ kind, title }) => (
          <li key={kind}>
            <b>{kind}</b>
            <p>{title}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
