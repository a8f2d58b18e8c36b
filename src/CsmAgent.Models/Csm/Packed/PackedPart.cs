using CsmAgent.Tensors.Packing;

namespace CsmAgent.Models.Csm.Packed;

/// <summary>One matrix, table or vector in the packed memory.</summary>
/// <param name="Name">Its name, unique in the model.</param>
/// <param name="IsTable">True for rows that are looked up (and for norm vectors), false for a matrix that is multiplied.</param>
/// <param name="Format">How its numbers are stored.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Length">Bytes.</param>
internal sealed record PackedPart(string Name, bool IsTable, WeightFormat Format, int Rows, int Columns, long Offset, long Length);
