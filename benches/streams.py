#!/usr/bin/env python3
"""Opens many generations as streams and reads each to its end. Prints how many sent text at the same time, and how many failed.

Usage: benches/streams.py PORT COUNT FILE-OF-TOKENS BODY
"""
import asyncio
import sys
from pathlib import Path

port, count, tokens, body = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_text().split(), Path(sys.argv[4]).read_bytes()
# New ones each second, so that nobody waits longer for their turn than they may.
EACH_SECOND = 250
running = most = failed = 0


async def stream(number):
    global running, most, failed
    await asyncio.sleep(number / EACH_SECOND)
    begun = done = False
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (f"POST /api/conversations/generate HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {tokens[number % len(tokens)]}\r\n"
                f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        writer.write(head.encode() + body)
        async for line in reader:
            if line.startswith(b"event: delta") and not begun:
                begun = True
                running += 1
                most = max(most, running)
            done |= line.startswith(b"event: done")
        writer.close()
    except OSError:
        pass
    running -= begun
    failed += not done


async def main():
    await asyncio.gather(*(stream(number) for number in range(count)))
    print(most, failed)


asyncio.run(main())
