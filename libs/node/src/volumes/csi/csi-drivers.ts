import { CsiNodeDriver } from '@nestor/csi';

/** The drivers that have registered with this kubelet. */
export class CsiDrivers {
  private readonly known = new Map<string, CsiNodeDriver>();

  find(name: string): CsiNodeDriver {
    const driver = this.known.get(name);
    if (driver) return driver;
    throw new Error(`driver name ${name} not found in the list of registered CSI drivers`);
  }

  add(name: string, endpoint: string): CsiNodeDriver {
    this.remove(name);
    const driver = new CsiNodeDriver(name, endpoint);
    this.known.set(name, driver);
    return driver;
  }

  remove(name: string): void {
    this.known.get(name)?.close();
    this.known.delete(name);
  }

  close(): void {
    for (const name of [...this.known.keys()]) this.remove(name);
  }
}
