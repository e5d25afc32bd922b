/** Injection token of the process's BusLink; undefined without a bus. */
export const BUS_LINK = Symbol('nestor.BusLink');
