import { mergePath } from 'the-paths';
import { word } from '@/words';
import note from './note.md';

declare const BUILD: string;

class Api {
  fetch = async (): Promise<Response> => new Response([word, BUILD, note.trim(), mergePath('a/', '/b')].join(' '));
}

export default new Api();
