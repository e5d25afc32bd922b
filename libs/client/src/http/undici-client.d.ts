// The two modules of undici that requests need: the whole package takes twice the memory and three times the time to
// load. They are no public entry of it, which is why its version is pinned and these are all that is known of them.
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export = Client;
}
declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export = buildConnector;
}
