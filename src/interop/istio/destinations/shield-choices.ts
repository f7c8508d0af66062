/** Only routes choose versions of other services: what clients send under the header's name goes no further. */
import type { ImportContext } from '../../context.ts';
import type { Backend, Filter } from '../../documents/document-types.ts';
import { choiceHeader, type DraftRoute } from '../../documents/draft.ts';

/** Takes the header away where a route leads, without a choice, to a service of which another route of its document has chosen. */
export function shieldChoices({ drafts }: ImportContext): void {
  for (const draft of drafts.values()) {
    const asks = (service: string | undefined): boolean =>
      service !== undefined && drafts.get(service)?.isChosenBy(draft.service) === true;
    draft.routes.splice(0, draft.routes.length, ...draft.routes.map((route) => shielded(route, asks)));
  }
}

function shielded(route: DraftRoute, asks: (service: string | undefined) => boolean): DraftRoute {
  const { backends } = route.body;
  if (!backends?.some(({ service, filters }) => asks(service) && !chooses(filters))) return route;
  return {
    ...route,
    body: {
      ...route.body,
      backends: backends.map((backend) =>
        asks(backend.service) && !chooses(backend.filters) ? withoutHeader(backend) : backend,
      ),
    },
  };
}

function chooses(filters: Backend['filters']): boolean {
  return filters?.some(({ requestHeaderModifier }) => requestHeaderModifier?.set?.some(isChoice)) === true;
}

function isChoice({ name }: { readonly name: string }): boolean {
  return name === choiceHeader;
}

function withoutHeader(backend: Backend): Backend {
  const { filters = [] } = backend;
  const own = filters.find(({ type }) => type === 'RequestHeaderModifier');
  const change = own?.requestHeaderModifier ?? {};
  const filter: Filter = {
    type: 'RequestHeaderModifier',
    requestHeaderModifier: { ...change, remove: [...(change.remove ?? []), choiceHeader] },
  };
  return { ...backend, filters: [filter, ...filters.filter((one) => one !== own)] };
}
