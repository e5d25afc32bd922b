import { startApiServer } from './start';

void startApiServer();
