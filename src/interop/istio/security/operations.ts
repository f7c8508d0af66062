/** What is called, as an AuthorizationPolicy says it. */
import type { AccessTo } from '../../documents/document-types.ts';
import { importCode } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import { madeFrom } from '../../manifests/origin.ts';
import { type PortsOf, readPort } from './ports.ts';

const texts = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'] as const;
const ports = ['ports', 'notPorts'] as const;

/** Reads `operation` of an entry. `isDeny`: of a rule that refuses, also calls of which it cannot tell what they are. */
export function readOperation(operation: Located, portsOf: PortsOf, isDeny: boolean): AccessTo {
  operation.only([...texts, ...ports]);
  const lists = texts.map(
    (name) =>
      [
        name,
        operation
          .get(name)
          .items()
          .flatMap((item) => item.text() ?? []),
      ] as const,
  );
  const numbers = ports.map(
    (name) =>
      [
        name,
        operation
          .get(name)
          .items()
          .flatMap((item) => {
            const port = readPort(item);
            return port === undefined ? [] : portsOf(port, item);
          }),
      ] as const,
  );
  const given = [...lists, ...numbers].filter(([, values]) => values.length > 0);
  if (given.length === 0) operation.wrong('an object with at least one of its fields');
  const names = given.map(([name]) => name);
  if (isDeny && !names.includes('ports'))
    operation.tell(
      'warning',
      importCode.wider,
      'a rule that refuses by HTTP alone refuses every call of another protocol: in Istio those by TCP, here those by RPC',
      'ports in the policy, or rpc in the document',
      false,
    );
  const entry = Object.fromEntries(given.map(([name, values]) => [name, [...new Set<string | number>(values)]]));
  return madeFrom(operation, entry as AccessTo);
}
