export * from './run';
export { quiet as other } from './quiet';
import * as tools from './tools';
export { tools };
