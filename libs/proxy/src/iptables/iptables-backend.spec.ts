import { describeBackend } from '../../test/backend-contract';
import { IptablesBackend } from './iptables-backend';

describeBackend('iptables', ['iptables', 'iptables-save'], (run) => new IptablesBackend({}, run));
