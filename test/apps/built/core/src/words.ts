export const word = 'core';
