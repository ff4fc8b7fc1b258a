class Service {
  call(value: string) {
    // ruleid: flow
    sink(value);
  }
}
export default new Service();
