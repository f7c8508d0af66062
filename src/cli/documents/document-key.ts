/** What people call a document: `payment` means `service/payment`; `mesh` and full keys stay. */
import { meshKey, serviceKey } from '../../core/configs/edge-config.ts';

export function documentKey(name: string): string {
  return name === meshKey || name.startsWith('service/') ? name : serviceKey(name);
}

/** The admin API's path of a document. */
export function documentPath(name: string): string {
  return `/api/documents/${documentKey(name).split('/').map(encodeURIComponent).join('/')}`;
}
