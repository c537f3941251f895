"""The node tests that no layer expresses, by the reason. All begin with ``test_``."""

REASONS = {
    "numbers of another random source": """
        training_dropout_default training_dropout_default_mask training_dropout training_dropout_mask
    """,
    "the layer is exact, not the approximation by tanh": "gelu_tanh_1 gelu_tanh_2",
    "negative indices are refused": "gather_negative_indices",
    "each row has a bias of its own": "gemm_default_matrix_bias",
    "both factors are batches": "matmul_3d matmul_4d matmul_bcast",
    "the padding counts in the mean": """
        averagepool_2d_precomputed_pads_count_include_pad averagepool_2d_pads_count_include_pad
        averagepool_2d_ceil_last_window_starts_on_pad
    """,
    "windows with gaps (dilation)": "averagepool_2d_dilations maxpool_2d_dilations",
    "three axes of positions": """
        averagepool_3d_default averagepool_3d_dilations_small
        averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True
        averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False
        averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True
        averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False
        maxpool_3d_default maxpool_3d_dilations maxpool_3d_dilations_use_ref_impl
        maxpool_3d_dilations_use_ref_impl_large convtranspose_3d
    """,
    "integers become floating numbers": """
        maxpool_2d_uint8 add_int8 add_int16 add_uint8 add_uint16 add_uint32 add_uint64
    """,
    "nothing is broadcast": "add_bcast",
    "the reset gate stands before the product, which shows from the second step on": "gru_seq_length",
    "peepholes": "lstm_with_peepholes",
    "a shape without values": "reshape_allowzero_reordered",
    "linear interpolation": """
        resize_upsample_scales_linear resize_upsample_scales_linear_align_corners
        resize_downsample_scales_linear resize_downsample_scales_linear_align_corners
        resize_tf_crop_and_resize resize_tf_crop_and_resize_extrapolation_value
        resize_tf_crop_and_resize_axes_2_3 resize_tf_crop_and_resize_axes_3_2
        resize_downsample_sizes_linear_pytorch_half_pixel resize_downsample_scales_linear_antialias
        resize_downsample_sizes_linear_antialias resize_downsample_scales_linear_half_pixel_symmetric
        resize_upsample_scales_linear_half_pixel_symmetric
    """,
    "cubic interpolation": """
        resize_upsample_scales_cubic resize_upsample_scales_cubic_align_corners
        resize_downsample_scales_cubic resize_downsample_scales_cubic_align_corners
        resize_upsample_sizes_cubic resize_downsample_sizes_cubic
        resize_upsample_scales_cubic_A_n0p5_exclude_outside
        resize_downsample_scales_cubic_A_n0p5_exclude_outside resize_upsample_scales_cubic_asymmetric
        resize_downsample_scales_cubic_antialias resize_downsample_sizes_cubic_antialias
    """,
    "the nearest neighbour by another rule": """
        resize_upsample_sizes_nearest_floor_align_corners
        resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric
        resize_upsample_sizes_nearest_ceil_half_pixel
    """,
    "the factor is not a whole number": """
        resize_downsample_scales_nearest resize_upsample_sizes_nearest resize_downsample_sizes_nearest
        resize_upsample_sizes_nearest_axes_2_3 resize_upsample_sizes_nearest_axes_3_2
        resize_upsample_sizes_nearest_not_larger resize_downsample_sizes_nearest_not_larger
        resize_downsample_sizes_nearest_not_smaller
    """,
    "a mask of numbers, which are added to the scores": """
        attention_4d_attn_mask attention_4d_attn_mask_3d attention_4d_attn_mask_3d_causal
        attention_4d_attn_mask_4d attention_4d_attn_mask_4d_causal attention_4d_gqa_attn_mask
        attention_4d_diff_heads_sizes_attn_mask attention_4d_with_past_and_present
        attention_4d_gqa_with_past_and_present attention_4d_gqa_with_past_and_present_fp16
        attention_4d_diff_heads_with_past_and_present
        attention_4d_diff_heads_with_past_and_present_mask3d
        attention_4d_diff_heads_with_past_and_present_mask4d attention_4d_with_qk_matmul_bias
        attention_4d_with_qk_matmul_softmax attention_4d_with_past_and_present_qk_matmul_bias
        attention_4d_with_past_and_present_qk_matmul_bias_3d_mask
        attention_4d_with_past_and_present_qk_matmul_bias_4d_mask
        attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal
        attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal
        attention_4d_with_past_and_present_qk_matmul attention_3d_attn_mask attention_3d_gqa_attn_mask
        attention_3d_diff_heads_sizes_attn_mask attention_3d_with_past_and_present
        attention_3d_gqa_with_past_and_present attention_3d_diff_heads_with_past_and_present
        attention_3d_with_past_and_present_qk_matmul attention_3d_with_past_and_present_qk_matmul_bias
        attention_3d_with_past_and_present_qk_matmul_softmax attention_4d_diff_heads_mask4d_padded_kv
        attention_local_window_ext_cache_rank3_head_mask attention_local_window_ext_cache_rank2_mask
        attention_local_window_ext_cache_rank4_batch_mask
    """,
    "a mask for each head": "attention_4d_attn_mask_bool_4d",
    "softcap: the tanh of scores": """
        attention_4d_softcap attention_4d_gqa_softcap attention_4d_diff_heads_sizes_softcap
        attention_4d_with_qk_matmul_softcap attention_3d_softcap attention_3d_gqa_softcap
        attention_3d_diff_heads_sizes_softcap attention_3d_with_past_and_present_qk_matmul_softcap
        attention_4d_softcap_neginf_mask attention_4d_softcap_neginf_mask_poison
        attention_local_window_gqa_rank4_mask
    """,
    "bfloat16, which NumPy does not have": """
        attention_4d_causal_bf16 attention_4d_padded_kv_bf16 attention_4d_causal_padded_kv_bf16
        attention_4d_attn_mask_causal_bf16 attention_3d_causal_bf16
    """,
}

NOT_APPLICABLE = {f"test_{name}": reason for reason, names in REASONS.items() for name in names.split()}
