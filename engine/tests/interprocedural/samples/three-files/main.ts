import { handle } from './middle';
handle(source());
