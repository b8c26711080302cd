"""What lies in the lake and is superseded: found, decided on, deleted and recorded; old logs; how large each store is."""
