/** Clients that show certificates over real TLS: curl and Node. Hosts resolve to this machine, whatever their names. */
import { execFile } from 'node:child_process';
import { request } from 'node:https';
import { promisify } from 'node:util';
import type { CredentialFiles, Credentials } from './certificate-files.ts';

export interface TlsQuestion {
  readonly host: string;
  readonly port: number;
  /** What the client shows; nothing where it is absent. */
  readonly credentials?: Credentials;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export interface TlsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks by curl; rejects where TLS itself fails. `ca` is the path of the authority of the server's certificate. */
export async function askByCurl(question: TlsQuestion, ca: string, files: CredentialFiles): Promise<TlsAnswer> {
  const { host, port, credentials, headers = {}, path = '/' } = question;
  const paths = credentials && (await files.write(credentials));
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--path-as-is', '--cacert', ca],
    ...['--resolve', `${host}:${port}:127.0.0.1`, '--write-out', '\n%{http_code}'],
    ...(paths === undefined ? [] : ['--cert', paths.cert, '--key', paths.key]),
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    `https://${host}:${port}${path}`,
  ]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

/** Asks by Node's own TLS; `ca` is the PEM of the authority of the server's certificate. */
export function askByNode(question: TlsQuestion, ca: string): Promise<TlsAnswer> {
  const { host, port, credentials, headers = {}, path = '/' } = question;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path, servername: host, ca, agent: false, ...credentials },
        headers: { ...headers, host: `${host}:${port}` },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject).end();
  });
}
