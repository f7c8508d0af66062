/** Names of what is wrong with a value, where an edge needs to know no more; the words stand in `fault-words.ts`. */
export type Fault =
  | 'secretKey'
  | 'privateKey'
  | 'undiscoverable'
  | 'keyTimeout'
  | 'tokenPrefix'
  | 'samePlace'
  | 'outputHeader'
  | 'sameOutput'
  | 'claimName';
