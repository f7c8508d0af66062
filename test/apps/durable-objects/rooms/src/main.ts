export * from './room';
export { app as default } from './app';
