/** A stream was ended by its own side, because the caller has other credentials from now on. */
export class CredentialsChanged extends Error {
  constructor() {
    super('the credentials of this client have changed');
    this.name = 'CredentialsChanged';
  }
}
