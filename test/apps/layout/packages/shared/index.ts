export const label = (color: string) => `[${color}]`;
