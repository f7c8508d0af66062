/** A secret for identity Workers in tests: 32 bytes in base64, all of them different. */
export const encryptionKey = Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 7 + 3) % 256)).toString('base64');
