export { default, Handlers } from './app';
export const helper = (word: string) => word.length;
export function Constructor(this: object) {}
