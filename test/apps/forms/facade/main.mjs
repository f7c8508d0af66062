export * from './entrypoints.mjs';
export { Inner as Aliased } from './entrypoints.mjs';
export { Inner as default } from './entrypoints.mjs';
