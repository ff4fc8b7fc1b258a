export class Store {
  constructor(private name: string) {
    this.name = name;
  }
  save(value: string) {
    // ruleid: flow
    sink(value);
  }
  load() {
    // ruleid: flow
    sink(this.name);
  }
}
