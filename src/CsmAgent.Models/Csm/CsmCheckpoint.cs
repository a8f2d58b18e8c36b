using System.Runtime.InteropServices;
using CsmAgent.Models.Llama;
using CsmAgent.Tensors.Safetensors;

namespace CsmAgent.Models.Csm;

/// <summary>
/// CSM weights on disk, whichever of the two formats they have: each parameter by our name, as single-precision numbers in
/// our row order. Needs no Torch.
/// </summary>
public sealed class CsmCheckpoint : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly Dictionary<string, string> _storedNames;

    private CsmCheckpoint(CsmConfig config, Checkpoint checkpoint, CsmCheckpointFormat format)
    {
        (Config, Format, _checkpoint) = (config, format, checkpoint);
        Shapes = CsmTensorNames.Shapes(config);
        _storedNames = Shapes.Keys.ToDictionary(name => name, StoredName, StringComparer.Ordinal);
    }

    /// <summary>The model's shape.</summary>
    public CsmConfig Config { get; }

    /// <summary>How the weights are stored.</summary>
    public CsmCheckpointFormat Format { get; }

    /// <summary>Every parameter's name (see <see cref="CsmTensorNames"/>) and shape.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes { get; }

    /// <summary>Opens the weights and checks them against the configuration.</summary>
    /// <param name="path">A safetensors file, or the index of a sharded one.</param>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="CheckpointException">The file is malformed, holds other tensors than the configuration asks for,
    /// tensors that are no floating-point numbers, or two audio tables that differ.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public static CsmCheckpoint Open(string path, CsmConfig config)
    {
        var checkpoint = Checkpoint.Open(path);
        try
        {
            var format = checkpoint.Contains("text_embeddings.weight") ? CsmCheckpointFormat.Sesame : CsmCheckpointFormat.Transformers;
            var opened = new CsmCheckpoint(config, checkpoint, format);
            opened.Check();
            return opened;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Reads one parameter.</summary>
    /// <param name="name">One of <see cref="Shapes"/>.</param>
    /// <param name="destination">Receives all its elements, row-major; query and key rows in halves (<see cref="RotaryRowOrder"/>).</param>
    /// <exception cref="ArgumentException">No such parameter, or the destination has another length.</exception>
    public void Read(string name, Span<float> destination)
    {
        if (!_storedNames.TryGetValue(name, out var stored))
        {
            throw new ArgumentException($"'{name}' is no tensor of CSM.", nameof(name));
        }

        var info = _checkpoint.Info(stored);
        if (info.ElementCount != destination.Length)
        {
            throw new ArgumentException($"'{name}' has {info.ElementCount} elements; room for {destination.Length} was given.", nameof(destination));
        }

        if (Format == CsmCheckpointFormat.Sesame && HeadWidthOfRotary(name) is { } headWidth)
        {
            var rows = new float[destination.Length];
            ReadAsStored(stored, 0, rows);
            RotaryRowOrder.ToHalves<float>(rows, destination, headWidth, (int)info.Shape[1]);
        }
        else
        {
            ReadAsStored(stored, 0, destination);
        }
    }

    /// <summary>Reads consecutive elements of one parameter that keeps its stored row order (any but query and key projections).</summary>
    /// <param name="name">One of <see cref="Shapes"/>.</param>
    /// <param name="first">Row-major index of the first element.</param>
    /// <param name="destination">Receives the elements.</param>
    /// <exception cref="ArgumentException">No such parameter, one whose rows are reordered, or the elements are outside it.</exception>
    public void ReadPart(string name, long first, Span<float> destination)
    {
        if (!_storedNames.TryGetValue(name, out var stored) || HeadWidthOfRotary(name) is not null)
        {
            throw new ArgumentException($"'{name}' is no tensor of CSM that can be read in parts.", nameof(name));
        }

        ReadAsStored(stored, checked((int)first), destination);
    }

    /// <summary>Reads one parameter into a new array; see <see cref="Read(string, Span{float})"/>.</summary>
    public float[] Read(string name)
    {
        var elements = new float[Shapes[name].Aggregate(1L, (count, size) => count * size)];
        Read(name, elements);
        return elements;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _checkpoint.Dispose();

    private string StoredName(string name) => Format switch
    {
        CsmCheckpointFormat.Sesame => CsmTensorNames.ToSesame(name),
        // Fine-tunes that were saved with tied weights hold only the depth decoder's copy.
        _ when name == CsmTensorNames.AudioTable && !_checkpoint.Contains(name) && _checkpoint.Contains(CsmTensorNames.AudioTableCopy)
            => CsmTensorNames.AudioTableCopy,
        _ => name,
    };

    private void Check()
    {
        var wanted = Shapes.ToDictionary(entry => _storedNames[entry.Key], entry => entry.Value, StringComparer.Ordinal);
        _checkpoint.RequireExactly(wanted, extra => Format == CsmCheckpointFormat.Transformers
            && (extra == CsmTensorNames.AudioTableCopy || extra.StartsWith("codec_model.", StringComparison.Ordinal)));
        _checkpoint.RequireFloats(_storedNames.Values);
        CheckTiedTables();
    }

    private void CheckTiedTables()
    {
        const string Copy = CsmTensorNames.AudioTableCopy;
        if (Format == CsmCheckpointFormat.Sesame || !_checkpoint.Contains(Copy) || !_checkpoint.Contains(CsmTensorNames.AudioTable))
        {
            return;
        }

        var (table, copy) = (_checkpoint.FileOf(CsmTensorNames.AudioTable), _checkpoint.FileOf(Copy));
        if (!table.Bytes(CsmTensorNames.AudioTable).SequenceEqual(copy.Bytes(Copy)))
        {
            throw new CheckpointException(
                copy.FilePath, Copy, $"the same numbers as '{CsmTensorNames.AudioTable}'", "other numbers",
                "CSM has one audio table for both decoders; save the model again with its tables tied.");
        }
    }

    private int? HeadWidthOfRotary(string name)
    {
        if (!name.EndsWith("q_proj.weight", StringComparison.Ordinal) && !name.EndsWith("k_proj.weight", StringComparison.Ordinal))
        {
            return null;
        }

        return name.StartsWith(CsmTensorNames.BackbonePrefix, StringComparison.Ordinal) ? Config.Backbone.HeadWidth : Config.Depth.HeadWidth;
    }

    private void ReadAsStored(string stored, int first, Span<float> destination)
    {
        switch (_checkpoint.Info(stored).DType)
        {
            case TensorDType.F32:
                _checkpoint.Span<float>(stored).Slice(first, destination.Length).CopyTo(destination);
                break;
            case TensorDType.F16:
                var halves = _checkpoint.Span<Half>(stored).Slice(first, destination.Length);
                for (var i = 0; i < halves.Length; i++)
                {
                    destination[i] = (float)halves[i];
                }

                break;
            default:
                // bfloat16 is the upper half of a single.
                var bits = MemoryMarshal.Cast<float, uint>(destination);
                var source = _checkpoint.Span<ushort>(stored).Slice(first, destination.Length);
                for (var i = 0; i < bits.Length; i++)
                {
                    bits[i] = (uint)source[i] << 16;
                }

                break;
        }
    }
}
