import { run, other } from './lib';
import { tools } from './lib';
run(source());
other('x');
tools.go(source());
