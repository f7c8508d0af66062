export const work = (a, b) => a * b;
