/**
 * How a server is reached and by whom: what a kubeconfig says, credentials whose files are renewed, and connections that
 * idle. Apart from the client, which comes with informers, the bus and more than one who only connects should load.
 */
export { loadConnection, parseKubeconfig, readKubeconfig, type Connection, type CredentialFiles } from './kubeconfig';
export { followCredentials, type Identity } from './follow-credentials';
export { endIdleConnections, letGo } from './idle-connections';
