import { label } from '#shared';

const tag = (name: string, _props: unknown, ...children: unknown[]) => `<${name}>${children.join('')}</${name}>`;

export default {
  async fetch(request: Request, env: Record<string, Fetcher>): Promise<Response> {
    const texts = await Promise.all(
      ['BLUE', 'GREEN', 'LEGACY'].map(async (name) => (await env[name]!.fetch(request)).text()),
    );
    return new Response((<p>{label('shop')} {texts.join(' ')}</p>) as unknown as string);
  },
};
