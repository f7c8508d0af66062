export const whisper = (word) => word.toLowerCase();
