import { Store } from './store';
import service from './service';
export class Page {
  constructor(private readonly store: Store) {}
  show() {
    this.store.save(source());
  }
}
const store = new Store('safe');
store.load();
const named = new Store(source());
named.load();
service.call(source());
