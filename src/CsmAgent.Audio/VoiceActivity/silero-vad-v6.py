#!/usr/bin/env python3
"""Writes silero-vad-v6.bin from the ONNX file that the npm package @ricky0123/vad-web 0.0.31 ships.

Usage: npm pack @ricky0123/vad-web@0.0.31 && tar xzf ricky0123-vad-web-0.0.31.tgz
       silero-vad-v6.py package/dist/silero_vad_v6.onnx silero-vad-v6.bin

Silero VAD, MIT licence, Copyright (c) 2020-present Silero Team.
Only the 16 kHz branch is taken. The STFT basis is left out: it is a periodic Hann window times a DFT (within 7e-8).
Layout, float32 little endian: four convolutions, each weight as [out][tap][in] and bias; the LSTM cell's weights as
[gate row][input | hidden], gates i f g o, and the sum of its biases; the output's weight and bias.
"""
import struct
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = 8 if kind == 1 else 4
            value, at = data[at:at + size], at + size
        yield key >> 3, kind, value


def collect(graph, tensors):
    for field, _, node in fields(graph):
        if field != 1:
            continue
        output, values = "", []
        for part, _, value in fields(node):
            if part == 2:
                output = output or value.decode()
            elif part == 5:
                values.append(value)
        for attribute in values:
            for part, _, value in fields(attribute):
                if part == 5:
                    raw = b"".join(v for f, _, v in fields(value) if f == 9)
                    tensors[output] = struct.unpack("<%df" % (len(raw) // 4), raw) if len(raw) % 4 == 0 else raw
                elif part == 6:
                    collect(value, tensors)


def main():
    tensors = {}
    for field, _, value in fields(open(sys.argv[1], "rb").read()):
        if field == 7:
            collect(value, tensors)
    get = lambda name: tensors["If_0_then_branch__Inline_0__" + name]
    out = []
    for layer, (outputs, inputs) in enumerate([(128, 129), (64, 128), (64, 64), (128, 64)]):
        weight = get("encoder.%d.reparam_conv.weight" % layer)
        out += [weight[(o * inputs + i) * 3 + k] for o in range(outputs) for k in range(3) for i in range(inputs)]
        out += get("encoder.%d.reparam_conv.bias" % layer)
    ih, hh = get("decoder.rnn.weight_ih"), get("decoder.rnn.weight_hh")
    for row in range(512):
        out += ih[row * 128:(row + 1) * 128] + hh[row * 128:(row + 1) * 128]
    out += [a + b for a, b in zip(get("decoder.rnn.bias_ih"), get("decoder.rnn.bias_hh"))]
    out += get("decoder.decoder.2.weight")
    out += get("decoder.decoder.2.bias")
    open(sys.argv[2], "wb").write(struct.pack("<%df" % len(out), *out))


main()
