/**
 * miniflare 4 serves the assets of all Workers from the folder of the first, because the service that reads the disk has one
 * name for all. This plugin makes each Worker's asset services first, with a disk service of its own; miniflare keeps a
 * service that is already there. It is loaded by miniflare, hence a module of plain JavaScript.
 */
import { ASSETS_PLUGIN } from 'miniflare';

const sharedDisk = 'assets:storage';

async function servicesOf(assets, log) {
  const services = await ASSETS_PLUGIN.getServices({ options: { ...assets.worker, assets: assets.assets }, log });
  const own = `${sharedDisk}:${assets.assets.workerName}`;
  return services.map((service) => {
    if (service.name === sharedDisk) return { ...service, name: own };
    const { worker } = service;
    if (worker?.bindings === undefined) return service;
    const bindings = worker.bindings.map((binding) =>
      binding.service?.name === sharedDisk ? { ...binding, service: { ...binding.service, name: own } } : binding,
    );
    return { ...service, worker: { ...worker, bindings } };
  });
}

export const plugins = {
  'selvedge-assets': {
    getBindings: () => [],
    getNodeBindings: () => ({}),
    getServices: async ({ options, log }) => {
      const all = await Promise.all((options ?? []).map(({ options: assets }) => servicesOf(assets, log)));
      return all.flat();
    },
  },
};
