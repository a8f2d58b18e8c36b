namespace CsmAgent.Tensors.Safetensors;

/// <summary>Facts about <see cref="TensorDType"/>.</summary>
public static class TensorDTypes
{
    /// <summary>Bytes per element.</summary>
    public static int ByteCount(this TensorDType type) => type switch
    {
        TensorDType.Bool or TensorDType.U8 or TensorDType.I8 => 1,
        TensorDType.I16 or TensorDType.F16 or TensorDType.BF16 => 2,
        TensorDType.I32 or TensorDType.F32 => 4,
        TensorDType.I64 or TensorDType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an element type."),
    };

    /// <summary>The spelling in a file, for example <c>BF16</c>.</summary>
    public static string FileName(this TensorDType type) => type switch
    {
        TensorDType.Bool => "BOOL",
        _ => type.ToString(),
    };

    /// <summary>Reads the spelling of a file; false for one this reader does not know.</summary>
    public static bool TryParse(string name, out TensorDType type)
    {
        foreach (var candidate in Enum.GetValues<TensorDType>())
        {
            if (candidate.FileName() == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    /// <summary>True if elements of <typeparamref name="T"/> are stored as <paramref name="type"/>; <c>ushort</c> also stands for the raw bits of bfloat16.</summary>
    public static bool Fits<T>(this TensorDType type)
        where T : unmanaged => type switch
        {
            TensorDType.Bool => typeof(T) == typeof(byte) || typeof(T) == typeof(bool),
            TensorDType.U8 => typeof(T) == typeof(byte),
            TensorDType.I8 => typeof(T) == typeof(sbyte),
            TensorDType.I16 => typeof(T) == typeof(short),
            TensorDType.I32 => typeof(T) == typeof(int),
            TensorDType.I64 => typeof(T) == typeof(long),
            TensorDType.F16 => typeof(T) == typeof(Half),
            TensorDType.BF16 => typeof(T) == typeof(ushort),
            TensorDType.F32 => typeof(T) == typeof(float),
            TensorDType.F64 => typeof(T) == typeof(double),
            _ => false,
        };
}
