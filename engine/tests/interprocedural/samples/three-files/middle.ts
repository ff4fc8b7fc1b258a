import { run } from './deep/run';
export function handle(text: string) {
  const trimmed = text.trim();
  run(trimmed, 'fixed');
}
